{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key='price_day') }}
select
    price_day,
    sku,
    cast(sum(case when _deleted then 0 else 1 end) as bigint) as prices,
    max(case when not _deleted then price end) as highest_price,
    max(commit_seq) as commit_seq
from {{ source('silver', 'prices') }}
{% if is_incremental() %}
where price_day in (
    select price_day
    from {{ source('silver', 'prices') }}
    where commit_seq > (select coalesce(max(commit_seq), -1) from {{ this }})
)
{% endif %}
group by price_day, sku
