/**
 * The part of the package dbt_utils that Firn serves, as Jinja files by path, so that a project needs no download.
 *
 * Each gives the results of dbt-utils 1.3, and the surrogate key also its SQL, so that keys stay equal when a
 * project moves to the real package. Whatever else of dbt_utils a project names is unknown to Firn.
 *
 * @see https://github.com/dbt-labs/dbt-utils
 */
export const dbtUtils: Record<string, string> = {
  "macros/generate_surrogate_key.sql": surrogateKey(),
  "macros/generic_tests/unique_combination_of_columns.sql": uniqueCombination(),
  "macros/generic_tests/accepted_range.sql": acceptedRange(),
  "macros/generic_tests/expression_is_true.sql": expressionIsTrue(),
};

/** The MD5 of the fields' texts, joined by hyphens; a NULL differs from an empty text. */
function surrogateKey(): string {
  return `{% macro generate_surrogate_key(field_list) -%}
md5(cast(
{%- for field in field_list -%}
{%- if not loop.first %} || '-' || {% endif -%}
coalesce(cast({{ field }} as TEXT), '_dbt_utils_surrogate_key_null_')
{%- endfor %} as TEXT))
{%- endmacro %}
`;
}

/** Fails for each combination that stands in more than one row; NULLs count as equal. */
function uniqueCombination(): string {
  return `{% test unique_combination_of_columns(model, combination_of_columns, quote_columns=false) %}
{%- set mark = '"' if quote_columns else '' -%}
{%- set columns = (mark ~ combination_of_columns | join(mark ~ ', ' ~ mark) ~ mark) %}
select {{ columns }}
from {{ model }}
group by {{ columns }}
having count(*) > 1
{% endtest %}
`;
}

/** Fails for each row whose value lies outside; a NULL lies inside. Without either bound nothing fails. */
function acceptedRange(): string {
  return `{% test accepted_range(model, column_name, min_value=none, max_value=none, inclusive=true) %}
{%- set orEqual = '=' if inclusive else '' %}
select *
from {{ model }}
where false
    {%- if min_value is not none %}
    or not {{ column_name }} >{{ orEqual }} {{ min_value }}
    {%- endif %}
    {%- if max_value is not none %}
    or not {{ column_name }} <{{ orEqual }} {{ max_value }}
    {%- endif %}
{% endtest %}
`;
}

/** Fails for each row where the expression, after the column if there is one, is false; NULL does not fail. */
function expressionIsTrue(): string {
  return `{% test expression_is_true(model, expression, column_name=none) %}
select 1 as failing
from {{ model }}
where not ({% if column_name is not none %}{{ column_name }} {% endif %}{{ expression }})
{% endtest %}
`;
}
