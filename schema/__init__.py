"""The contract that clients see: types, inputs, payloads and root fields."""
