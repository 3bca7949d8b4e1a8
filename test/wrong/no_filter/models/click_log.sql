{{ config(materialized='incremental', incremental_strategy='append') }}
-- Wrong: without is_incremental() each run appends everything again.
select shard, n, clicked_at, page
from {{ source('silver', 'clicks') }}
