{{ config(
    materialized='incremental',
    incremental_strategy='merge',
    unique_key='daily_key',
    cluster_by=['order_date', 'country_code']
) }}

with lines as (
    select * from {{ ref('int_order_lines') }}
)

select
    {{ dbt_utils.generate_surrogate_key(['order_date', 'country_code']) }} as daily_key,
    order_date,
    country_code,
    count(distinct ordered_invoice) as orders,
    count(distinct cancelled_invoice) as cancellations,
    cast(sum(line_count) as bigint) as order_lines,
    cast(sum(units) as bigint) as units,
    cast(sum(gross) as decimal(38, 3)) as gross_revenue,
    cast(sum(cancelled) as decimal(38, 3)) as cancelled_revenue,
    cast(sum(gross + cancelled) as decimal(38, 3)) as revenue,
    cast(sum(flagged_count) as bigint) as flagged_lines,
    max(commit_seq) as commit_seq
from lines
{% if is_incremental() %}
where order_date is null
    or order_date in (
        select order_date
        from lines
        where commit_seq > (select coalesce(max(commit_seq), -1) from {{ this }})
    )
{% endif %}
group by order_date, country_code
