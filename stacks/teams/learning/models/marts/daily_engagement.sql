{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='learner_id',
    cluster_by=['occurred_on', 'learner_id'],
    meta={'search_optimization': ['learner_id']}
) }}

with rows_of_silver as (
    select * from {{ ref('stg_learner_activity') }}
    {% if is_incremental() %}
    where learner_id in ({{ touched_learners() }})
    {% endif %}
)

select
    learner_id,
    occurred_on,
    cast(sum(case when is_deleted then 0 else 1 end) as bigint) as activities,
    cast(sum(case when is_deleted then 0 else clicks end) as bigint) as clicks,
    count(distinct case when not is_deleted then site_id end) as sites,
    count(distinct case when not is_deleted then course_code end) as courses,
    cast(sum(case when is_confirmed and not is_deleted then 1 else 0 end) as bigint) as confirmed_activities,
    cast(sum(case when is_deleted then 1 else 0 end) as bigint) as withdrawn_activities,
    count(*) as silver_rows,
    max(commit_seq) as commit_seq
from rows_of_silver
group by learner_id, occurred_on
