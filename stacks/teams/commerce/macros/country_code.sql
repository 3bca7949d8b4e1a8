{#- ISO 3166-1 alpha-2 of a country as the shop writes it; XX where it is missing or unknown. -#}
{% macro country_code(column) -%}
{%- set codes = {
    'AUSTRALIA': 'AU', 'AUSTRIA': 'AT', 'BAHRAIN': 'BH', 'BELGIUM': 'BE', 'BRAZIL': 'BR', 'CANADA': 'CA',
    'CYPRUS': 'CY', 'CZECH REPUBLIC': 'CZ', 'DENMARK': 'DK', 'EIRE': 'IE', 'FINLAND': 'FI', 'FRANCE': 'FR',
    'GERMANY': 'DE', 'GREECE': 'GR', 'HONG KONG': 'HK', 'ICELAND': 'IS', 'ISRAEL': 'IL', 'ITALY': 'IT',
    'JAPAN': 'JP', 'LEBANON': 'LB', 'LITHUANIA': 'LT', 'MALTA': 'MT', 'NETHERLANDS': 'NL', 'NORWAY': 'NO',
    'POLAND': 'PL', 'PORTUGAL': 'PT', 'RSA': 'ZA', 'SAUDI ARABIA': 'SA', 'SINGAPORE': 'SG', 'SPAIN': 'ES',
    'SWEDEN': 'SE', 'SWITZERLAND': 'CH', 'UNITED ARAB EMIRATES': 'AE', 'UNITED KINGDOM': 'GB', 'USA': 'US'
} -%}
case upper(trim({{ column }}))
    {%- for name, code in codes.items() %}
    when '{{ name }}' then '{{ code }}'
    {%- endfor %}
    else 'XX'
end
{%- endmacro %}
