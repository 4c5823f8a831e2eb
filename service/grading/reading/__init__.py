"""What students and platforms send, made into claims: normalisation, carriers, addresses, structure lock."""
