-- depends_on: {{ ref('stg_orders') }}
{{ config(
    materialized='incremental',
    incremental_strategy='merge',
    unique_key='daily_key',
    cluster_by=['order_date', 'country_code']
) }}

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
from {{ ref('int_order_lines') }}
where order_date is not null
{% if is_incremental() %}
    and order_date in (select order_date from {{ changed_lines() }})
    -- Says nothing new, but of the column as it is stored, so that the warehouse skips what lies outside; all of
    -- it where nothing has changed.
    and invoice_ts >= (
        select coalesce(min(invoice_ts) - interval '1 day', cast('9999-12-31' as timestamp)) from {{ changed_lines() }}
    )
    and invoice_ts <= (
        select coalesce(max(invoice_ts) + interval '1 day', cast('1900-01-01' as timestamp)) from {{ changed_lines() }}
    )
{% endif %}
group by order_date, country_code
