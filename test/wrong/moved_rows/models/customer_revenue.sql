{{ config(materialized='incremental', incremental_strategy='merge', unique_key='customer') }}
-- Wrong: a sale that moves to another customer leaves no trace at the one it left, who is not built anew.
select
    customer,
    cast(sum(case when _deleted then 0 else amount end) as decimal(38, 2)) as revenue,
    max(commit_seq) as commit_seq
from {{ source('silver', 'sales') }}
{% if is_incremental() %}
where customer in (
    select customer
    from {{ source('silver', 'sales') }}
    where commit_seq > (select coalesce(max(commit_seq), -1) from {{ this }})
)
{% endif %}
group by customer
