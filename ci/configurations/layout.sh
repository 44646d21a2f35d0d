# the rules of docs/design.md that a compiler cannot check
packages=''
tools='python3'

run() {
  check 'layout' python3 ci/check_layout.py
}
