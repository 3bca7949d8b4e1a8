{{ config(materialized='table') }}

-- A customer's group depends on all the others, so this is built whole; each ntile has a total order, so that
-- equal customers fall into the same groups whenever it is built.
with customers as (
    select
        *,
        datediff('day', last_order_date, {{ as_of_date() }}) as days_since_order
    from {{ ref('customer_value') }}
    where orders > 0 and customer_id <> 'unknown'
),

scored as (
    select
        *,
        ntile({{ var('rfm_groups') }}) over (order by days_since_order desc, customer_key) as recency_score,
        ntile({{ var('rfm_groups') }}) over (order by orders, customer_key) as frequency_score,
        ntile({{ var('rfm_groups') }}) over (order by lifetime_value, customer_key) as value_score
    from customers
)

{% set high = var('rfm_groups') - 1 -%}
select
    customer_key,
    customer_id,
    country_code,
    days_since_order,
    orders,
    lifetime_value,
    recency_score,
    frequency_score,
    value_score,
    case
        when recency_score >= {{ high }} and frequency_score >= {{ high }} and value_score >= {{ high }} then 'champion'
        when frequency_score >= {{ high }} and recency_score >= {{ high - 1 }} then 'loyal'
        when recency_score >= {{ high }} and frequency_score <= 2 then 'new'
        when recency_score <= 2 and (frequency_score >= {{ high }} or value_score >= {{ high }}) then 'at_risk'
        when recency_score <= 2 then 'dormant'
        else 'regular'
    end as segment
from scored
