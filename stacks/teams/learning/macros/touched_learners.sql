{#-
  The learners whose rows an incremental model builds anew: those with a row changed since this model's last run,
  and those that lost a row, since a row that now belongs to another learner, or to none, leaves no trace where it
  was. The model must hold silver_rows, which add up to a learner's rows in silver.
-#}
{% macro touched_learners() -%}
select learner_id
from {{ ref('stg_learner_activity') }}
where commit_seq > (select coalesce(max(commit_seq), -1) from {{ this }})
union
select held.learner_id
from (select learner_id, sum(silver_rows) as silver_rows from {{ this }} group by learner_id) as held
inner join (
    select learner_id, count(*) as silver_rows from {{ ref('stg_learner_activity') }} group by learner_id
) as standing on standing.learner_id = held.learner_id
where standing.silver_rows <> held.silver_rows
{%- endmacro %}
