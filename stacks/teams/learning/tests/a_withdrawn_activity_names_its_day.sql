-- A withdrawal that does not say whose activity it was, in which course or on which day: an incremental run cannot
-- find where the activity counted. Take it away there by a full build:
--   firn build learning --select daily_engagement+ --full-refresh
-- This stays red until the platform tells the withdrawal again, whole. It comes after the marts and holds none of
-- them up: while gold is wrong, every_activity_counts_once does.
-- depends_on: {{ ref('course_progress') }}, {{ ref('rolling_engagement') }}
select activity_id, learner_id, course_code, occurred_on
from {{ ref('stg_learner_activity') }}
where is_deleted and (is_missing_learner or course_code is null or occurred_on is null)
