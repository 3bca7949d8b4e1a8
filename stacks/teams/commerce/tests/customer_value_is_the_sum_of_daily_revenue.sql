-- Two ways of counting the same lines: by customer and by day.
with totals as (
    select
        (select sum(lifetime_value) from {{ ref('customer_value') }}) as by_customer,
        (select sum(revenue) from {{ ref('daily_revenue') }}) as by_day
)

select *
from totals
where abs(coalesce(by_customer, 0) - coalesce(by_day, 0)) > 0.01
