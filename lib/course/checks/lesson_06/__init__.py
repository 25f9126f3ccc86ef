"""The exercises of lesson 06: residuals, a layer, its parameters, looking across, influence."""
