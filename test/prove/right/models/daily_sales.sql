{{ config(materialized='incremental', incremental_strategy='merge', unique_key='sold_on') }}
select
    sold_on,
    cast(sum(case when _deleted then 0 else 1 end) as bigint) as sales,
    cast(sum(case when _deleted then 0 else amount end) as decimal(38, 2)) as revenue,
    max(commit_seq) as commit_seq
from {{ source('silver', 'sales') }}
{% if is_incremental() %}
where sold_on in (
    select sold_on
    from {{ source('silver', 'sales') }}
    where commit_seq > (select coalesce(max(commit_seq), -1) from {{ this }})
)
{% endif %}
group by sold_on
