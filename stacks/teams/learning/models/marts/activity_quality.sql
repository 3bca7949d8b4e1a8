{{ config(materialized='view') }}

select
    course_code,
    occurred_on,
    count(*) as activities,
    cast(sum(case when is_missing_learner then 1 else 0 end) as bigint) as missing_learner,
    cast(sum(case when is_missing_type then 1 else 0 end) as bigint) as missing_type,
    cast(sum(case when is_without_clicks then 1 else 0 end) as bigint) as without_clicks,
    cast(sum(case when is_confirmed then 1 else 0 end) as bigint) as confirmed
from {{ ref('stg_learner_activity') }}
where not is_deleted
group by course_code, occurred_on
