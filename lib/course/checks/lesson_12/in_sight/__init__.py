"""12.1: which tiles?"""
