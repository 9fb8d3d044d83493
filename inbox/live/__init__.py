"""Live: the sockets of the bell, from the handshake to the last frame."""
