{#- The activities promoted since this model's last run, for a FROM. -#}
{% macro changed_activities() -%}
{{ ref('stg_learner_activity') }} where commit_seq > (select coalesce(max(commit_seq), -1) from {{ this }})
{%- endmacro %}
