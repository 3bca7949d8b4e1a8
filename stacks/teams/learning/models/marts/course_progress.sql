{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='learner_id',
    cluster_by=['course_code']
) }}

with rows_of_silver as (
    select * from {{ ref('stg_learner_activity') }}
    {% if is_incremental() %}
    where learner_id in ({{ touched_learners() }})
    {% endif %}
)

select
    {{ dbt_utils.generate_surrogate_key(['learner_id', 'course_code']) }} as progress_key,
    learner_id,
    course_code,
    max(module) as module,
    max(presentation) as presentation,
    min(case when not is_deleted then occurred_on end) as first_active_on,
    max(case when not is_deleted then occurred_on end) as last_active_on,
    count(distinct case when not is_deleted then occurred_on end) as active_days,
    cast(sum(case when is_deleted then 0 else 1 end) as bigint) as activities,
    cast(sum(case when is_deleted then 0 else clicks end) as bigint) as clicks,
    cast(sum(case when activity_type = 'quiz' and not is_deleted then 1 else 0 end) as bigint) as quiz_activities,
    cast(sum(case when is_confirmed and not is_deleted then 1 else 0 end) as bigint) as confirmed_activities,
    cast(sum(case when is_deleted then 1 else 0 end) as bigint) as withdrawn_activities,
    count(*) as silver_rows,
    max(commit_seq) as commit_seq
from rows_of_silver
group by learner_id, course_code
