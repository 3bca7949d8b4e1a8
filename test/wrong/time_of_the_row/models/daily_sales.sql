{{ config(materialized='incremental', incremental_strategy='merge', unique_key='sold_on') }}
-- Wrong: a row that changes, or comes late, belongs to a day that is long over.
select
    sold_on,
    count(*) as sales,
    cast(sum(case when _deleted then 0 else amount end) as decimal(38, 2)) as revenue
from {{ source('silver', 'sales') }}
{% if is_incremental() %}
where sold_on >= (select coalesce(max(sold_on), date '1970-01-01') from {{ this }})
{% endif %}
group by sold_on
