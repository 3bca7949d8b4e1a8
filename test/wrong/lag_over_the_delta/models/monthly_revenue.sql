{{ config(materialized='incremental', incremental_strategy='merge', unique_key='sold_month') }}
-- Wrong: the months are whole, but lag() looks only at those that changed. What stands before them is not there.
with months as (
    select
        cast(date_trunc('month', sold_on) as date) as sold_month,
        cast(sum(case when _deleted then 0 else amount end) as decimal(38, 2)) as revenue,
        max(commit_seq) as commit_seq
    from {{ source('silver', 'sales') }}
    {% if is_incremental() %}
    where date_trunc('month', sold_on) in (
        select date_trunc('month', sold_on)
        from {{ source('silver', 'sales') }}
        where commit_seq >= (select coalesce(max(commit_seq), -1) from {{ this }})
    )
    {% endif %}
    group by 1
)

select
    sold_month,
    revenue,
    cast(revenue - lag(revenue) over (order by sold_month) as decimal(38, 2)) as growth,
    commit_seq
from months
