"""scikit-learn handlers: one file per family of estimators, found by listing this package (see ``registry.load``).

A handler is a function ``(builder, estimator, table)`` that adds the estimator's arithmetic to the graph in float64, in
scikit-learn's own order of operations. It knows fitted attributes and nothing of files, passes or outputs.
"""
