-- depends_on: {{ ref('stg_learner_activity') }}
{{ config(
    materialized='incremental',
    incremental_strategy='merge',
    unique_key='engagement_key',
    cluster_by=['occurred_on', 'learner_id'],
    meta={'search_optimization': ['learner_id']}
) }}

with worked_days as (
    select
        {{ dbt_utils.generate_surrogate_key(['learner_id', 'course_code', 'occurred_on']) }} as engagement_key,
        learner_id,
        course_code,
        max(module) as module,
        max(presentation) as presentation,
        occurred_on,
        cast(sum(case when is_deleted then 0 else 1 end) as bigint) as activities,
        cast(sum(case when is_deleted then 0 else clicks end) as bigint) as clicks,
        count(distinct case when not is_deleted then site_id end) as sites,
        cast(sum(case when activity_type = 'quiz' and not is_deleted then 1 else 0 end) as bigint) as quiz_activities,
        cast(sum(case when is_confirmed and not is_deleted then 1 else 0 end) as bigint) as confirmed_activities,
        cast(sum(case when is_deleted then 1 else 0 end) as bigint) as withdrawn_activities,
        count(*) as silver_rows,
        max(commit_seq) as commit_seq
    from {{ ref('stg_learner_activity') }}
    where occurred_on is not null
    {% if is_incremental() %}
        -- By a list and not by its least and greatest: where nothing changed, those are NULL, and all is read.
        and occurred_on in (select occurred_on from {{ changed_activities() }})
    {% endif %}
    group by learner_id, course_code, occurred_on
)

select * from worked_days
{% if is_incremental() %}
where commit_seq > (select coalesce(max(commit_seq), -1) from {{ this }})
{% endif %}
