{{ config(materialized='incremental', incremental_strategy='append') }}
select shard, n, clicked_at, page, commit_seq
from {{ source('silver', 'clicks') }}
{% if is_incremental() %}
where commit_seq > (select coalesce(max(commit_seq), -1) from {{ this }})
{% endif %}
