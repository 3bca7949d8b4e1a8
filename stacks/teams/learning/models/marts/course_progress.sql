{{ config(
    materialized='incremental',
    incremental_strategy='merge',
    unique_key='progress_key',
    cluster_by=['course_code']
) }}

with progress as (
    select
        {{ dbt_utils.generate_surrogate_key(['learner_id', 'course_code']) }} as progress_key,
        learner_id,
        course_code,
        max(module) as module,
        max(presentation) as presentation,
        min(case when activities > 0 then occurred_on end) as first_active_on,
        max(case when activities > 0 then occurred_on end) as last_active_on,
        count(case when activities > 0 then occurred_on end) as active_days,
        cast(sum(activities) as bigint) as activities,
        cast(sum(clicks) as bigint) as clicks,
        cast(sum(quiz_activities) as bigint) as quiz_activities,
        cast(sum(confirmed_activities) as bigint) as confirmed_activities,
        cast(sum(withdrawn_activities) as bigint) as withdrawn_activities,
        cast(sum(silver_rows) as bigint) as silver_rows,
        max(commit_seq) as commit_seq
    from {{ ref('daily_engagement') }}
    group by learner_id, course_code
)

select * from progress
{% if is_incremental() %}
where commit_seq > (select coalesce(max(commit_seq), -1) from {{ this }})
{% endif %}
