"""09.4: which tiles?"""
