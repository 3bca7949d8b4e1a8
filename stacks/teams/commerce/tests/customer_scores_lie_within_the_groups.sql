-- A customer whose score is higher than there are groups.
select *
from {{ ref('customer_segments') }}
where greatest(recency_score, frequency_score, value_score) > {{ var('rfm_groups') }}
