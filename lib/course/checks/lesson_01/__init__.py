"""The exercises of lesson 01: from agreement to batched scaled dot-product attention."""
