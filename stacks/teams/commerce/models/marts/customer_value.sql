-- depends_on: {{ ref('stg_orders') }}
{{ config(
    materialized='incremental',
    incremental_strategy='merge',
    unique_key='customer_key',
    meta={'search_optimization': ['customer_id']}
) }}

with touched as (
    select
        *,
        row_number() over (
            partition by customer_id
            order by is_deleted, ordered_at desc nulls last, line_id desc
        ) as newest_first
    from {{ ref('int_order_lines') }}
    {% if is_incremental() %}
    where customer_id in (select customer_id from {{ changed_lines() }})
    {% endif %}
)

select
    {{ dbt_utils.generate_surrogate_key(['customer_id']) }} as customer_key,
    customer_id,
    max(case when newest_first = 1 then country_code end) as country_code,
    min(case when ordered_invoice is not null then order_date end) as first_order_date,
    max(case when ordered_invoice is not null then order_date end) as last_order_date,
    count(distinct ordered_invoice) as orders,
    count(distinct cancelled_invoice) as cancellations,
    cast(sum(line_count) as bigint) as order_lines,
    cast(sum(gross) as decimal(38, 3)) as gross_revenue,
    cast(sum(cancelled) as decimal(38, 3)) as cancelled_revenue,
    cast(sum(gross + cancelled) as decimal(38, 3)) as lifetime_value,
    max(commit_seq) as commit_seq
from touched
group by customer_id
