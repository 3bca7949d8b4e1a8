-- What each line counts for. A tombstone counts for nothing, yet stays in its group, where its commit_seq
-- tells that the group changed.
select
    *,
    case when is_deleted then 0 else 1 end as line_count,
    case when is_deleted then 0 else quantity end as units,
    case when not is_deleted and not is_cancellation then invoice_no end as ordered_invoice,
    case when not is_deleted and is_cancellation then invoice_no end as cancelled_invoice,
    {%- set counts = 'not is_deleted' if var('count_service_lines') else 'not is_deleted and not is_service' %}
    cast(case when {{ counts }} and not is_cancellation then amount else 0 end as decimal(38, 3)) as gross,
    cast(case when {{ counts }} and is_cancellation then amount else 0 end as decimal(38, 3)) as cancelled,
    case
        when is_deleted then 0
        when is_missing_customer or is_missing_description or is_zero_price or is_unexplained_return then 1
        else 0
    end as flagged_count
from {{ ref('stg_orders') }}
