{{ config(
    materialized='incremental',
    incremental_strategy='merge',
    unique_key='month_key'
) }}

-- Growth needs the calendar month before, so it is taken from all months: lag() over the changed ones would
-- find the wrong month, or none.
with days as (
    select
        *,
        cast(date_trunc('month', order_date) as date) as revenue_month
    from {{ ref('daily_revenue') }}
),

months as (
    select
        revenue_month,
        cast(revenue_month - interval '1 month' as date) as previous_month,
        cast(sum(orders) as bigint) as orders,
        cast(sum(order_lines) as bigint) as order_lines,
        cast(sum(revenue) as decimal(38, 3)) as revenue,
        max(commit_seq) as commit_seq
    from days
    group by revenue_month
),

compared as (
    select
        months.revenue_month,
        months.orders,
        months.order_lines,
        months.revenue,
        previous.revenue as previous_revenue,
        greatest(months.commit_seq, coalesce(previous.commit_seq, months.commit_seq)) as commit_seq
    from months
    left join months as previous on previous.revenue_month = months.previous_month
)

select
    {{ dbt_utils.generate_surrogate_key(['revenue_month']) }} as month_key,
    revenue_month,
    orders,
    order_lines,
    revenue,
    previous_revenue,
    case
        when previous_revenue > 0
            then cast(round(100 * (revenue - previous_revenue) / previous_revenue, 2) as decimal(18, 2))
    end as growth_percent,
    commit_seq
from compared
{% if is_incremental() %}
where commit_seq > (select coalesce(max(commit_seq), -1) from {{ this }})
{% endif %}
