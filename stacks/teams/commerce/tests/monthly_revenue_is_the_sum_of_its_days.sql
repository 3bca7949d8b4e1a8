-- A month that differs by more than a cent from its days, or that only one of the two models knows.
with daily as (
    select
        cast(date_trunc('month', order_date) as date) as revenue_month,
        sum(revenue) as revenue
    from {{ ref('daily_revenue') }}
    group by 1
),

compared as (
    select
        coalesce(monthly.revenue_month, daily.revenue_month) as revenue_month,
        monthly.revenue as of_month,
        daily.revenue as of_days
    from {{ ref('monthly_revenue') }} as monthly
    full outer join daily on monthly.revenue_month = daily.revenue_month
)

select *
from compared
where of_month is null or of_days is null or abs(of_month - of_days) > 0.01
