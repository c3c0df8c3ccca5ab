"""Navigator (Fidelity PlanAlign Engine): scenarios out over its API, modelled outcomes back in."""
