"""08.3: the width at which an LSTM has as many parameters."""
