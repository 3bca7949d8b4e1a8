{{ config(materialized='view') }}

select
    order_date,
    count(*) as order_lines,
    cast(sum(case when is_cancellation then 1 else 0 end) as bigint) as cancellations,
    cast(sum(case when is_missing_customer then 1 else 0 end) as bigint) as missing_customer,
    cast(sum(case when is_missing_description then 1 else 0 end) as bigint) as missing_description,
    cast(sum(case when is_zero_price then 1 else 0 end) as bigint) as zero_price,
    cast(sum(case when is_unexplained_return then 1 else 0 end) as bigint) as unexplained_return,
    cast(sum(case when is_service then 1 else 0 end) as bigint) as service_lines
from {{ ref('stg_orders') }}
where not is_deleted
group by order_date
