-- An activity that changed its learner, course or day, or was withdrawn without its day: gold counts it still where
-- it was, since a run reads only the days of what changed. Then build what counts it anew, in full:
--   firn build learning --select daily_engagement+ --full-refresh
with counted as (
    select
        (select coalesce(sum(silver_rows), 0) from {{ ref('daily_engagement') }}) as in_gold,
        (select count(*) from {{ ref('stg_learner_activity') }} where occurred_on is not null) as in_silver
)

select *
from counted
where in_gold <> in_silver
