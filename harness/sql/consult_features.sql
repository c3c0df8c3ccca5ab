-- Grain: one row per feature of one client: its value, its peers', and how both are written.
-- Parameter: variable `client_ref`. Needs the macros of figures.sql.
select
    benchmarks.feature,
    features.label,
    features.kind,
    features.unit,
    features.more_is,
    features.is_headline,
    benchmarks.client_value,
    benchmarks.client_unknown_reason,
    benchmarks.n,
    benchmarks.organisations,
    benchmarks."min",
    benchmarks.p25,
    benchmarks.median,
    benchmarks.p75,
    benchmarks.p90,
    benchmarks."max",
    benchmarks.percentile,
    benchmarks.quartile,
    benchmarks.adoption_share,
    benchmarks.wilson_low,
    benchmarks.wilson_high,
    benchmarks.test,
    benchmarks.z,
    benchmarks.p_value,
    benchmarks.effect_h,
    benchmarks.corrected_p,
    benchmarks.features_tested,
    benchmarks.is_significant,
    benchmarks.note,
    benchmarks.unpublished_reason,
    {
        'client': coalesce(figure(benchmarks.client_value, features.unit), '?'),
        'p25': figure(benchmarks.p25, features.unit),
        'median': figure(benchmarks.median, features.unit),
        'p75': figure(benchmarks.p75, features.unit),
        'percentile': ordinal(cast(round(benchmarks.percentile * 100) as integer)),
        'adoption': percent(benchmarks.adoption_share),
        'interval': range_text(
            plain(round(benchmarks.wilson_low * 100, 1)), plain(round(benchmarks.wilson_high * 100, 1)), '%'
        ),
        'h': format('{:.2f}', benchmarks.effect_h),
        'p': if(benchmarks.corrected_p < 0.001, '<0.001', format('{:.3f}', benchmarks.corrected_p))
    } as written,
from fct_peer_benchmark as benchmarks
inner join dim_feature as features on benchmarks.feature = features.feature
where benchmarks.client_ref = getvariable('client_ref')
order by features.kind, features.is_headline desc, features.rowid;
