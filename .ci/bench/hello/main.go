// Command hello is the floor of start-up: the least Go program that prints something.
package main

import "fmt"

func main() { fmt.Println("hello") }
