"""08.3: how many parameters an LSTM has."""
