package faultserver

import (
	"fmt"
	"net"
	"strconv"
	"syscall"
	"time"
)

// deafAddress gives an address at which connecting hangs: a socket whose queue of
// connections that nobody accepts is full, so that Linux drops further attempts.
func deafAddress(s *Server) (string, error) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return "", err
	}
	s.release = append(s.release, func() { _ = syscall.Close(fd) })
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return "", err
	}
	if err := syscall.Listen(fd, 0); err != nil {
		return "", err
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		return "", err
	}
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(name.(*syscall.SockaddrInet4).Port))
	for range 8 {
		conn, err := (&net.Dialer{Timeout: 50 * time.Millisecond}).DialContext(s.ctx, "tcp4", address)
		if err != nil {
			return "http://" + address, nil
		}
		s.release = append(s.release, func() { _ = conn.Close() })
	}
	return "", fmt.Errorf("the queue of %s does not fill", address)
}
