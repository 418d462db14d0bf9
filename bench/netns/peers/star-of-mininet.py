# A star of COUNT hosts by mininet, on a Linux bridge, with its default links, made and removed. Prints how many
# milliseconds that took; with "created" as its second argument, how many the first half took.
# It names interfaces, so it runs in a network namespace of its own:
#   unshare --mount --net python3 star-of-mininet.py 100
import sys
import time

from mininet.net import Mininet
from mininet.nodelib import LinuxBridge
from mininet.topo import SingleSwitchTopo

start = time.monotonic()
network = Mininet(topo=SingleSwitchTopo(int(sys.argv[1])), switch=LinuxBridge, controller=None)
network.start()
created = time.monotonic()
network.stop()
end = created if 'created' in sys.argv else time.monotonic()
print((end - start) * 1e3)
