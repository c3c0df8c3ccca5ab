-- Grain: one row per recommendation for one client, by priority, exported ones first.
-- Parameter: variable `client_ref`. Needs the macros of figures.sql.
select
    recommendations.client_ref,
    recommendations.recommendation,
    recommendations.rule,
    recommendations.priority,
    recommendations.field,
    recommendations.feature,
    recommendations.gap,
    recommendations.change,
    recommendations.expected_measure,
    recommendations.expected_low,
    recommendations.expected_high,
    recommendations.expected_note,
    recommendations.cost_rate_low,
    recommendations.cost_rate_high,
    recommendations.employer_rate_today,
    recommendations.cost_amount_low,
    recommendations.cost_amount_high,
    recommendations.cost_note,
    recommendations.complexity,
    recommendations.months_to_implement,
    recommendations.evidence,
    recommendations.is_exported,
    recommendations.not_exported_reason,
    recommendations.not_exported_message,
    recommendations.delivery_key,
    {
        'expected': coalesce(
            range_text(
                points(recommendations.expected_low), points(recommendations.expected_high),
                if(
                    recommendations.expected_measure = 'participation_points',
                    ' points of participation', ' points of pay deferred on average'
                )
            ),
            'not known'
        ),
        'cost': coalesce(
            range_text(
                points(recommendations.cost_rate_low), points(recommendations.cost_rate_high), '% of pay'
            )
            || coalesce(
                ', ' || range_text(
                    '$' || format('{:,}', cast(round(recommendations.cost_amount_low) as bigint)),
                    '$' || format('{:,}', cast(round(recommendations.cost_amount_high) as bigint)),
                    ' a year'
                ),
                ''
            ),
            'not known'
        ),
        'months': if(
            recommendations.months_to_implement = 1, '1 month', recommendations.months_to_implement || ' months'
        ),
        'evidence': concat_ws(
            '; ',
            (recommendations.evidence ->> 'n') || ' peers of ' || (recommendations.evidence ->> 'organisations')
            || ' organisations, widening step ' || (recommendations.evidence ->> 'widening_step'),
            percent(cast(recommendations.evidence ->> 'adoption_share' as double)) || ' of them have it',
            ordinal(cast(round(cast(recommendations.evidence ->> 'percentile' as double) * 100) as integer))
            || ' percentile',
            'p ' || if(
                cast(recommendations.evidence ->> 'p' as double) < 0.001,
                '<0.001',
                format('{:.3f}', cast(recommendations.evidence ->> 'p' as double))
            )
            || ' corrected',
            'h ' || format('{:.2f}', cast(recommendations.evidence ->> 'h' as double)),
            recommendations.evidence ->> 'note'
        ),
        'source': recommendations.evidence ->> 'source'
    } as written,
from fct_recommendation as recommendations
where recommendations.client_ref = getvariable('client_ref')
order by
    recommendations.priority, recommendations.is_exported desc, recommendations.rule, recommendations.recommendation;
