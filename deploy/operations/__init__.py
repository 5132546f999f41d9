"""What an operator does from outside: clients of the services, without any of their code."""
