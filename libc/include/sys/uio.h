/* Scattered reads and writes. */
#pragma once

#include <abi/types.h>

/* A socket sees one message; anything else one read or write for each part. */
ssize_t readv(int fd, const struct iovec *iov, int n);
ssize_t writev(int fd, const struct iovec *iov, int n);
