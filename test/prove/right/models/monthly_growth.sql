{{ config(materialized='incremental', incremental_strategy='merge', unique_key='sold_month') }}
-- lag() over all months; only then those that changed, or whose month before did.
with months as (
    select
        cast(date_trunc('month', sold_on) as date) as sold_month,
        sum(revenue) as revenue,
        max(commit_seq) as commit_seq
    from {{ ref('daily_sales') }}
    group by 1
),

compared as (
    select
        sold_month,
        cast(revenue as decimal(38, 2)) as revenue,
        cast(revenue - lag(revenue) over (order by sold_month) as decimal(38, 2)) as growth,
        greatest(commit_seq, coalesce(lag(commit_seq) over (order by sold_month), commit_seq)) as commit_seq
    from months
)

select *
from compared
{% if is_incremental() %}
where commit_seq > (select coalesce(max(commit_seq), -1) from {{ this }})
{% endif %}
