"""What people and platforms reach over HTTP: for now the public pictures and a sign of life."""
