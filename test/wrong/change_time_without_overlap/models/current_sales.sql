{{ config(materialized='incremental', incremental_strategy='merge', unique_key='sale_id') }}
-- Wrong: what changed at the source before the newest change seen, but was committed later, is never read.
select sale_id, sold_on, changed_at, customer, amount, _deleted
from {{ source('silver', 'sales') }}
{% if is_incremental() %}
where changed_at > (select coalesce(max(changed_at), timestamptz '1970-01-01 00:00:00Z') from {{ this }})
{% endif %}
