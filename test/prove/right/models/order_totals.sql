{{ config(materialized='incremental', incremental_strategy='merge', unique_key='order_id') }}
select
    order_id,
    cast(sum(case when _deleted then 0 else quantity end) as bigint) as quantity,
    max(commit_seq) as commit_seq
from {{ source('silver', 'order_lines') }}
{% if is_incremental() %}
where order_id in (
    select order_id
    from {{ source('silver', 'order_lines') }}
    where commit_seq > (select coalesce(max(commit_seq), -1) from {{ this }})
)
{% endif %}
group by order_id
