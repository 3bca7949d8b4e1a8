{{ config(materialized='view') }}

-- The activity that changed last says where a learner stands, so what is told here changes only when updated_at
-- grows: what the snapshot's timestamp strategy needs.
select
    learner_id,
    course_code as current_course,
    activity_type as last_activity_type,
    occurred_on as last_occurred_on,
    updated_at
from {{ ref('stg_learner_activity') }}
where not is_missing_learner
qualify row_number() over (partition by learner_id order by updated_at desc, activity_id desc) = 1
