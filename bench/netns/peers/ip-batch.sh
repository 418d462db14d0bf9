#!/bin/sh
# A star of $1 hosts by iproute2: one `ip -batch` for the namespaces, one for the switch, one for each host. Prints how
# many milliseconds that took. It names namespaces, so it runs in mount and network namespaces of its own:
#   unshare --mount --net ip-batch.sh 100
set -e
count=$1
mount -t tmpfs none /run
cd /run
mkdir netns
host=1
{
  echo "netns add lan"
  while [ "$host" -le "$count" ]; do echo "netns add host$host" && host=$((host + 1)); done
} >namespaces
host=1
{
  echo "link add lan type bridge forward_delay 0"
  while [ "$host" -le "$count" ]; do
    echo "link add port$host type veth peer name eth0 netns host$host"
    echo "link set port$host master lan up"
    printf 'link set lo up\naddress add 10.0.%s.%s/16 broadcast + dev eth0\nlink set eth0 up\n' \
      $((host / 256)) $((host % 256)) >"host$host"
    host=$((host + 1))
  done
  echo "link set lan up"
} >switch
start=$(date +%s%N)
ip -batch namespaces
ip -netns lan -batch switch
host=1
while [ "$host" -le "$count" ]; do ip -netns "host$host" -batch "host$host" && host=$((host + 1)); done
end=$(date +%s%N)
echo $(((end - start) / 1000)) | sed 's/...$/.&/'
