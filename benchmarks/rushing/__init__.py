"""The rush: N publications due in the same minute, sent by our product and by what people would use instead.

`benchmarks/rush.py` is the command. `engine` is what every engine has to offer, `body` the work that is the same for
everyone, `loopback` the platform that counts arrivals, `running` starts and measures, `engines/` the engines.
"""
