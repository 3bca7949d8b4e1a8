{{ config(materialized='incremental', incremental_strategy='delete+insert') }}
-- Wrong: the changed days are built whole, but without a unique_key nothing takes their old rows away.
select
    sold_on,
    count(*) as sales,
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
