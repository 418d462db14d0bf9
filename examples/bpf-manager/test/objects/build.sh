#!/bin/sh
# Compiles the programs of the tests; needs clang, llvm and libbpf-dev.
set -eu
cd "$(dirname "$0")"
clang -O2 -g -target bpfel -mcpu=v3 -fdebug-compilation-dir=. "-I/usr/include/$(uname -m)-linux-gnu" -Wall -c drop.c -o drop.o
llvm-strip --strip-debug drop.o
