{{ config(
    materialized='table',
    cluster_by=['occurred_on', 'learner_id'],
    meta={'materialized_aggregate': {'target_lag_minutes': 360}}
) }}

with days as (
    select
        learner_id,
        occurred_on,
        cast(sum(activities) as bigint) as activities,
        cast(sum(clicks) as bigint) as clicks
    from {{ ref('daily_engagement') }}
    where activities > 0
    group by learner_id, occurred_on
),

paired as (
    select
        days.learner_id,
        days.occurred_on,
        earlier.activities,
        earlier.clicks,
        datediff('day', earlier.occurred_on, days.occurred_on) as days_before
    from days
    inner join days as earlier
        on earlier.learner_id = days.learner_id
        and datediff('day', earlier.occurred_on, days.occurred_on) between 0 and 29
)

select
    learner_id,
    occurred_on,
    cast(sum(case when days_before < 7 then 1 else 0 end) as bigint) as active_days_7,
    cast(sum(case when days_before < 7 then activities else 0 end) as bigint) as activities_7,
    cast(sum(case when days_before < 7 then clicks else 0 end) as bigint) as clicks_7,
    count(*) as active_days_30,
    cast(sum(activities) as bigint) as activities_30,
    cast(sum(clicks) as bigint) as clicks_30
from paired
group by learner_id, occurred_on
