-- Tombstones stay, marked is_deleted: an incremental model must see a row go.
with lines as (
    select
        *,
        coalesce(left(invoice_no, 1) = 'C', false) as is_cancellation,
        cast(quantity * unit_price as decimal(38, 3)) as amount,
        {{ utc('invoice_ts') }} as ordered_at
    from {{ source('silver', 'orders') }}
)

select
    line_id,
    invoice_no,
    upper(trim(stock_code)) as stock_code,
    nullif(trim(description), '') as description,
    quantity,
    unit_price,
    amount,
    invoice_ts,
    ordered_at,
    cast(ordered_at as date) as order_date,
    coalesce(nullif(trim(customer_id), ''), 'unknown') as customer_id,
    {{ country_code('country') }} as country_code,
    is_cancellation,
    nullif(trim(customer_id), '') is null as is_missing_customer,
    nullif(trim(description), '') is null as is_missing_description,
    coalesce(unit_price = 0, true) as is_zero_price,
    coalesce(quantity < 0, false) and not is_cancellation as is_unexplained_return,
    coalesce(
        upper(trim(stock_code)) in ('POST', 'DOT', 'M', 'S', 'D', 'B', 'C2', 'CRUK', 'PADS', 'AMAZONFEE', 'BANK CHARGES'),
        false
    ) as is_service,
    coalesce(_deleted, false) as is_deleted,
    batch_id,
    ingested_at,
    commit_seq
from lines
